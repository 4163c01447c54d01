"""What happens to the product when its parts are killed: `manage.py chaos NAME`."""
